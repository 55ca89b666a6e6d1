"""Accounts are shown, added, edited, checked and mended in the window."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from tests.ledgers import execute
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.window.campaign import open_page, put_on_screen
from tests.window.core import UNLIMITED, HandDrivenCore
from wa_desktop.events import Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import (
    Account,
    AccountKind,
    AccountSecrets,
    AccountState,
    CoolDown,
    RateLimit,
    SandboxBehaviour,
)
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.window.accounts.form import AccountForm
from wa_desktop.window.accounts.page import AccountsPage
from wa_desktop.window.application import Application
from wa_desktop.window.parts.questions import Question
from wa_desktop.window.theme import Tone
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window

EXPIRED = "The access token has expired or was withdrawn. Enter a new one. (code 190)"
OLD, NEW = "0LD-TOKEN", "N3W-TOKEN"


@pytest.fixture
def accounts(qtbot: QtBot, wiring: Wiring) -> AccountsPage:
    """The page on the screen with its accounts."""
    page = AccountsPage(wiring)
    put_on_screen(qtbot, page)
    page.resize(1100, 700)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    return page


def _shop(core: HandDrivenCore, cloud: StandIn | None = None) -> Account:
    address = cloud.base_url if cloud is not None else "https://graph.facebook.com"
    account = Account(
        "shop", "Shop", AccountKind.CLOUD_API, phone_number_id="1055", api_base_url=address
    )
    return core.services.accounts.add(account, AccountSecrets(access_token=OLD))


def _stopped_shop(core: HandDrivenCore, cloud: StandIn | None = None) -> Account:
    _shop(core, cloud)
    return core.ledger.accounts.set_state("shop", AccountState.STOPPED, EXPIRED)


def _form(qtbot: QtBot, page: AccountsPage, account_id: str) -> AccountForm:
    page.edit(account_id)
    qtbot.waitUntil(lambda: page.form is not None and page.form.isVisible())
    assert page.form is not None
    return page.form


def _token(core: HandDrivenCore) -> str | None:
    return core.ledger.accounts.for_sending("shop").secrets.access_token


def _says(qtbot: QtBot, form: AccountForm, words: str, tone: Tone = Tone.BAD) -> None:
    qtbot.waitUntil(
        lambda: form.trouble.isVisible() and words in form.trouble_words.text(), timeout=20_000
    )
    assert form.trouble.tone is tone


def test_accounts_show_their_limits(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    sandbox = core.ledger.accounts.get("sandbox")
    core.services.accounts.change(replace(sandbox, daily_limit=1000, portfolio_id="shops"))
    accounts.refresher.ask()
    qtbot.waitUntil(lambda: accounts.model.index(0, 5).data() == "1,000")
    rows = [
        [accounts.model.index(row, column).data() for column in range(6)]
        for row in range(accounts.model.rowCount())
    ]
    assert rows == [
        ["Sandbox", "Sandbox (sends nothing)", "Ready", "10 a second", "10", "1,000"],
        ["Unlimited", "Sandbox (sends nothing)", "Ready", "none", "500", "none"],
    ]
    tip = accounts.model.index(0, 5).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "1,000, shared by the portfolio shops"


def test_a_new_account_begins_with_the_cloud_api_and_is_added_once_it_is_complete(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    accounts.ask_new()
    form = accounts.form
    assert form is not None
    assert form.fields.token.isVisible()
    form.fields.name.setText("Shop")
    form.save()
    _says(qtbot, form, "Access token: is needed")
    assert "Phone number ID: is needed" in form.trouble_words.text()
    form.fields.phone_number_id.setText(" 106540352242922 ")
    form.fields.token.setText(" secret-token\n")
    form.fields.rate.amount.setValue(80)
    form.fields.daily.setValue(250)
    with qtbot.waitSignal(form.saved):
        form.save()
    stored = core.ledger.accounts.list()[-1]
    assert (stored.name, stored.phone_number_id) == ("Shop", "106540352242922")
    assert (stored.rate_limit, stored.daily_limit) == (RateLimit(80, 60_000), 250)
    assert stored.secrets_set == ("access_token",)
    qtbot.waitUntil(lambda: accounts.model.rowCount() == 3)


def test_a_sandbox_asks_for_no_token_number_or_address(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    accounts.ask_new()
    form = accounts.form
    assert form is not None
    fields = form.fields
    fields.kind_box.setCurrentIndex(fields.kind_box.findData(AccountKind.SANDBOX))
    fields.more.setChecked(True)
    cloud = (fields.token, fields.phone_number_id, fields.waba_id, fields.address, fields.version)
    assert not any(one.isVisible() for one in cloud)
    assert not form.check_button.isVisible()
    fields.name.setText("Trial")
    fields.failures.setValue(30)
    with qtbot.waitSignal(form.saved):
        form.save()
    assert core.ledger.accounts.list()[-1].sandbox.failure_share == 0.3


def test_an_edit_changes_what_was_edited_and_nothing_else(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    whole = Account(
        "whole",
        "Whole",
        AccountKind.CLOUD_API,
        phone_number_id="77",
        waba_id="88",
        rate_limit=RateLimit(30, 90_000),
        concurrency=4,
        daily_limit=250,
        portfolio_id="p1",
        cool_down=CoolDown(2, 9),
        warm_up=(50, 100),
    )
    before = core.services.accounts.add(whole, AccountSecrets(OLD, "app", "verify"))
    form = _form(qtbot, accounts, "whole")
    form.fields.name.setText("Магазин")
    with qtbot.waitSignal(form.saved):
        form.save()
    after = core.ledger.accounts.get("whole")
    assert after == replace(before, name="Магазин", revision=after.revision)
    secrets = core.ledger.accounts.for_sending("whole").secrets
    assert secrets == AccountSecrets(OLD, "app", "verify")


def test_every_field_of_an_account_can_be_edited(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    _shop(core)
    fields = (form := _form(qtbot, accounts, "shop")).fields
    fields.name.setText("Store")
    fields.phone_number_id.setText("1056")
    fields.waba_id.setText("99")
    fields.token.setText(NEW)
    fields.rate.unit.setCurrentIndex(fields.rate.unit.findData(None))
    fields.concurrency.setValue(7)
    fields.daily.setValue(2_000)
    fields.portfolio.setText("p2")
    fields.cool_down.most.setValue(3)
    fields.cool_down.days.setValue(30)
    fields.address.setText("https://graph.example.com")
    fields.version.setText("v24.0")
    with qtbot.waitSignal(form.saved):
        form.save()
    stored = core.ledger.accounts.get("shop")
    assert (stored.name, stored.phone_number_id, stored.waba_id) == ("Store", "1056", "99")
    assert (stored.rate_limit, stored.concurrency, stored.daily_limit) == (None, 7, 2_000)
    assert (stored.portfolio_id, stored.cool_down) == ("p2", CoolDown(3, 30))
    assert (stored.api_base_url, stored.api_version) == ("https://graph.example.com", "v24.0")
    assert _token(core) == NEW


def test_another_address_wants_the_token_again_and_the_form_says_so(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore, cloud: StandIn
) -> None:
    _shop(core)
    form = _form(qtbot, accounts, "shop")
    assert form.fields.token.placeholderText().startswith("Unchanged")
    form.fields.address.setText("https://graph.facebook.com:443/")
    assert form.fields.token.placeholderText().startswith("Unchanged")
    form.fields.address.setText(cloud.base_url)
    assert form.fields.token.placeholderText().startswith("Paste the token again")
    for act in (form.check, form.save, form.save_and_resume):
        form.trouble.hide()
        act()
        _says(qtbot, form, "Access token: must be entered again")
        assert form.focusWidget() is form.fields.token
    assert core.ledger.accounts.get("shop").api_base_url == "https://graph.facebook.com"
    assert (cloud.count(), cloud.questions()) == (0, [])
    form.fields.token.setText(NEW)
    with qtbot.waitSignal(form.saved):
        form.save()
    assert core.ledger.accounts.get("shop").api_base_url == cloud.base_url
    assert _token(core) == NEW


def test_limits_can_be_taken_away(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    limited = replace(_shop(core), daily_limit=5, portfolio_id="p", cool_down=CoolDown(1, 7))
    core.services.accounts.change(limited)
    form = _form(qtbot, accounts, "shop")
    form.fields.daily.setValue(0)
    form.fields.portfolio.clear()
    form.fields.cool_down.most.setValue(0)
    with qtbot.waitSignal(form.saved):
        form.save()
    stored = core.ledger.accounts.get("shop")
    assert (stored.daily_limit, stored.portfolio_id, stored.cool_down) == (None, None, None)


def test_the_stored_token_is_never_shown(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    _shop(core)
    form = _form(qtbot, accounts, "shop")
    token = form.fields.token
    assert token.text() == ""
    assert token.placeholderText().startswith("Unchanged")
    assert token.echoMode() is QLineEdit.EchoMode.Password
    assert all(OLD not in one.text() for one in form.findChildren(QLineEdit))
    form.reject()


def test_a_check_tries_what_is_typed_and_stores_nothing(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore, cloud: StandIn
) -> None:
    _shop(core, cloud)
    cloud.behave(Behaviour(token=NEW))
    form = _form(qtbot, accounts, "shop")
    form.check_button.click()
    _says(qtbot, form, "The access token is wrong or has expired")
    form.fields.token.setText(NEW)
    assert not form.trouble.isVisible()
    form.check_button.click()
    _says(qtbot, form, "The account can send", Tone.GOOD)
    assert _token(core) == OLD
    cloud.behave(Behaviour(token=NEW, quality="RED"))
    form.check_button.click()
    _says(qtbot, form, "rates the quality of this number RED", Tone.WARN)
    form.reject()


def test_a_check_of_an_unknown_number_and_of_a_wrong_address_says_so(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore, cloud: StandIn
) -> None:
    _shop(core, cloud)
    cloud.behave(Behaviour(number="33"))
    form = _form(qtbot, accounts, "shop")
    form.check()
    _says(qtbot, form, "no phone number with the id 1055")
    form.fields.address.setText("http://127.0.0.1:9")
    form.fields.token.setText(OLD)
    form.check()
    _says(qtbot, form, "No connection to http://127.0.0.1:9")
    form.fields.address.setText("https//graph.facebook.com")
    form.check()
    _says(qtbot, form, "API address: must be an https:// address")
    form.reject()


def test_the_answer_of_a_check_is_dropped_when_the_form_was_edited_meanwhile(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore, cloud: StandIn
) -> None:
    _shop(core, cloud)
    form = _form(qtbot, accounts, "shop")
    form.check()
    form.fields.name.setText("Another")
    assert form.check_button.isEnabled()
    form.check()
    form.reject()
    qtbot.waitUntil(lambda: accounts.form is None)
    assert core.ledger.accounts.get("shop").name == "Shop"


def test_an_expired_token_is_replaced_checked_and_the_account_sends_again_by_one_button(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore, cloud: StandIn
) -> None:
    _stopped_shop(core, cloud)
    cloud.behave(Behaviour(token=NEW))
    form = _form(qtbot, accounts, "shop")
    assert "has expired" in form.trouble_words.text()
    assert form.focusWidget() is form.fields.token
    assert form.resume_button.isDefault()
    form.fields.token.setText("WR0NG")
    form.resume_button.click()
    _says(qtbot, form, "The access token is wrong or has expired")
    assert core.ledger.accounts.get("shop").state is AccountState.STOPPED
    assert _token(core) == OLD
    form.fields.token.setText(NEW)
    with qtbot.waitSignal(form.saved, timeout=20_000):
        form.resume_button.click()
    assert core.ledger.accounts.get("shop").state is AccountState.ACTIVE
    assert _token(core) == NEW
    assert "shop" in core.bell.accounts


def test_a_stopped_account_can_be_saved_without_asking_the_provider(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    _stopped_shop(core)
    form = _form(qtbot, accounts, "shop")
    form.fields.token.setText(NEW)
    with qtbot.waitSignal(form.saved):
        form.save_button.click()
    assert core.ledger.accounts.get("shop").state is AccountState.STOPPED
    assert _token(core) == NEW


def test_a_token_that_was_stored_with_another_key_is_entered_anew(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore, cloud: StandIn
) -> None:
    _shop(core, cloud)
    execute(core.ledger, "UPDATE accounts SET secrets = ? WHERE id = ?", "of another key", "shop")
    cloud.behave(Behaviour(token=NEW))
    form = _form(qtbot, accounts, "shop")
    form.check()
    _says(qtbot, form, "Access token: is needed")
    form.fields.token.setText(NEW)
    form.check()
    _says(qtbot, form, "The account can send", Tone.GOOD)
    with qtbot.waitSignal(form.saved):
        form.save()
    assert _token(core) == NEW


def test_an_account_that_sends_offers_no_resume(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    _shop(core)
    form = _form(qtbot, accounts, "shop")
    assert not form.resume_button.isVisible()
    assert form.save_button.isDefault()
    form.reject()


def test_the_sandbox_keeps_its_name_in_every_language(
    qtbot: QtBot, russian: None, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    form = _form(qtbot, accounts, "sandbox")
    assert form.fields.name.text() != "Sandbox"
    with qtbot.waitSignal(form.saved):
        form.save()
    assert core.ledger.accounts.get("sandbox").name == "Sandbox"


def test_a_share_of_failures_finer_than_a_percent_stays(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    account = core.ledger.accounts.get(UNLIMITED)
    core.services.accounts.change(replace(account, sandbox=SandboxBehaviour(7, 0.125)))
    form = _form(qtbot, accounts, UNLIMITED)
    with qtbot.waitSignal(form.saved):
        form.save()
    assert core.ledger.accounts.get(UNLIMITED).sandbox == SandboxBehaviour(7, 0.125)


def test_accounts_of_one_name_are_told_apart(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    _shop(core)
    core.services.accounts.add(Account("s2", "Shop", AccountKind.SANDBOX))
    accounts.refresher.ask()
    qtbot.waitUntil(lambda: accounts.model.rowCount() == 4)
    shown = [accounts.model.index(row, 0).data() for row in range(4)]
    assert shown == ["Sandbox", "Unlimited", "Shop (1055)", "Shop (s2)"]


def test_the_selected_account_is_edited_and_a_removed_one_is_said_to_be_gone(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    assert accounts.chosen() == core.ledger.accounts.get("sandbox")
    accounts.table.selectRow(1)
    accounts.edit_button.click()
    qtbot.waitUntil(lambda: accounts.form is not None)
    assert accounts.form is not None
    assert accounts.form.windowTitle() == "Account “Unlimited”"
    accounts.form.reject()
    core.services.accounts.remove(UNLIMITED)
    with qtbot.waitSignal(accounts.refused) as said:
        accounts.edit(UNLIMITED)
    assert "no account with the id unlimited" in said.args[0]


def test_an_account_in_use_is_not_removed_and_the_page_says_why(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    core.make("Winter", 1)
    accounts.table.selectRow(1)
    accounts.remove.click()
    question = QApplication.activeModalWidget()
    assert isinstance(question, Question)
    with qtbot.waitSignal(accounts.refused) as said:
        question.button_named("Remove").click()
    assert "still has campaigns" in said.args[0]


def test_a_stopped_account_says_why_and_can_send_again(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    core.ledger.accounts.set_state(UNLIMITED, AccountState.STOPPED, "The token has expired.")
    accounts.refresher.ask()
    qtbot.waitUntil(lambda: accounts.model.index(1, 2).data() == "Stopped")
    assert accounts.model.index(1, 6).data() == "The token has expired."
    accounts.table.selectRow(1)
    accounts.resume.click()
    qtbot.waitUntil(lambda: accounts.model.index(1, 2).data() == "Ready")
    assert core.ledger.accounts.get(UNLIMITED).state is AccountState.ACTIVE
    assert not accounts.resume.isVisible()


def _campaign_of_stopped_shop(core: HandDrivenCore) -> str:
    _shop(core)
    rows = [RecipientRow(1, "79990000001")]
    contract, _ = core.services.contracts.create_filled(
        NewContract("shop", "Winter", message="Hi"), rows
    )
    core.services.contracts.start(contract.id)
    core.ledger.accounts.set_state("shop", AccountState.STOPPED, EXPIRED)
    return contract.id


@pytest.mark.parametrize(
    ("reason", "button"),
    [
        (EXPIRED, "Replace the token…"),
        ("The business account is restricted. (code 368)", "Edit account…"),
    ],
)
def test_the_page_of_a_campaign_leads_to_the_form_of_its_stopped_account(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore, reason: str, button: str
) -> None:
    contract = core.ledger.contracts.get(_campaign_of_stopped_shop(core))
    core.ledger.accounts.set_state("shop", AccountState.STOPPED, reason)
    page = open_page(qtbot, wiring, contract)
    qtbot.waitUntil(lambda: reason in page.standing.text)
    with qtbot.waitSignal(page.account_wanted) as wanted:
        page.standing.button(button).click()
    assert wanted.args == ["shop"]


def test_from_the_campaign_to_the_form_and_back_to_sending(
    qtbot: QtBot, program: Application, core: HandDrivenCore, cloud: StandIn
) -> None:
    contract_id = _campaign_of_stopped_shop(core)
    shop = core.ledger.accounts.get("shop")
    core.services.accounts.change(
        replace(shop, api_base_url=cloud.base_url), AccountSecrets(access_token=OLD)
    )
    cloud.behave(Behaviour(token=NEW))
    assert program.session is not None
    rooms = program.session.rooms
    program.session.open_contract(contract_id)
    detail = rooms.campaigns.detail
    qtbot.waitUntil(lambda: "has stopped sending" in detail.standing.text, timeout=20_000)
    detail.standing.button("Replace the token…").click()
    qtbot.waitUntil(lambda: rooms.accounts.form is not None, timeout=20_000)
    form = rooms.accounts.form
    assert form is not None
    form.fields.token.setText(NEW)
    with qtbot.waitSignal(form.saved, timeout=20_000):
        form.resume_button.click()
    assert core.ledger.accounts.get("shop").state is AccountState.ACTIVE


@pytest.mark.parametrize("kind", [NoticeKind.ACCOUNT_STOPPED, NoticeKind.TROUBLE])
def test_the_notice_of_an_account_that_cannot_send_leads_to_its_form(
    qtbot: QtBot, program: Application, core: HandDrivenCore, kind: NoticeKind
) -> None:
    _stopped_shop(core)
    assert program.session is not None
    rooms = program.session.rooms
    core.events.post(
        Notice(
            kind,
            NoticeLevel.ERROR,
            subject="Shop",
            detail=EXPIRED,
            account_id="shop",
        )
    )
    qtbot.waitUntil(lambda: len(program.window.notices.rows()) == 1)
    (row,) = program.window.notices.rows()
    next(one for one in row.findChildren(QToolButton) if one.text() == "Edit account…").click()
    qtbot.waitUntil(lambda: rooms.accounts.form is not None, timeout=20_000)
    form = rooms.accounts.form
    assert form is not None
    assert form.windowTitle() == "Account “Shop”"
    assert rooms.accounts.isVisible()
    form.reject()


def test_the_notice_of_a_stopped_account_goes_once_the_account_sends_again(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    _stopped_shop(core)
    stopped = Notice(NoticeKind.ACCOUNT_STOPPED, NoticeLevel.ERROR, "Shop", account_id="shop")
    core.events.post(stopped)
    qtbot.waitUntil(lambda: len(program.window.notices.rows()) == 1)
    core.services.accounts.resume("shop")
    said = "The account “Shop” sends again."
    qtbot.waitUntil(lambda: [one.text for one in program.window.notices.rows()] == [said])
    assert program.window.notices.rows()[0].tone is Tone.GOOD
