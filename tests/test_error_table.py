"""The error table is complete, and says for each code what the design says."""

import pytest

from wa_desktop.error_table import (
    PortfolioSign,
    Reaction,
    Scope,
    Whose,
    counted_per_person,
    error_table,
    reaction_for,
    read_table,
)

RETRY, SLOW, WAIT = Reaction.RETRY, Reaction.SLOW_ACCOUNT, Reaction.WAIT_LONG
FAIL, SUPPRESS = Reaction.FAIL, Reaction.SUPPRESS_RECIPIENT
PAUSE, STOP = Reaction.PAUSE_CONTRACT, Reaction.STOP_ACCOUNT

EXPECTED: dict[Reaction, tuple[int, ...]] = {
    RETRY: (1, 2, 131000, 131016, 131052, 133004, 135000),
    SLOW: (4, 17, 32, 429, 613, 80007, 80008, 130429, 131057, 2494100),
    WAIT: (131049, 131056, 132069),
    SUPPRESS: (130497, 131026, 131050),
    PAUSE: (
        *(131053, 131061, 131063),
        *(132000, 132001, 132007, 132015, 132016, 132068),
    ),
    STOP: (
        *(0, 3, 10, 33, 102, 190, 200, 210, 250, 298, 299, 368),
        *(131005, 131031, 131037, 131042, 131044, 131045, 131048, 131064),
        *(133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016),
        *(2388012, 2388091, 2388093, 2388103),
    ),
    FAIL: (
        *(100, 130472, 131008, 131009, 131021, 131030, 131047, 131051, 131062),
        *(132005, 132008, 132012, 132018),
        *(134011, 134100, 134101, 134102, 137000, 138000, 138006, 138012, 138999),
        *(139000, 139001, 139002, 139003, 139004, 139100, 139101, 139102, 139103, 139500),
        *(147001, 147002, 147003, 147004, 147005),
        *(2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299),
    ),
}
ALL = [(code, reaction) for reaction, codes in EXPECTED.items() for code in codes]


@pytest.mark.parametrize(("code", "reaction"), ALL)
def test_every_code_has_its_reaction(code: int, reaction: Reaction) -> None:
    rule = reaction_for(code)
    assert (rule.code, rule.reaction, rule.known) == (code, reaction, True)


def test_the_table_holds_no_code_that_is_not_expected() -> None:
    assert set(error_table().codes) <= {code for code, _reaction in ALL}


@pytest.mark.parametrize("code", [5, 199, 300, 131999, 137999, 140000, -1, 147006, 10**12])
def test_an_unknown_code_is_retried_three_times_and_then_fails(code: int) -> None:
    rule = reaction_for(code)
    assert (rule.code, rule.known) == (code, False)
    assert (rule.reaction, rule.retries, rule.when_spent) == (RETRY, 3, FAIL)


@pytest.mark.parametrize("code", [code for code, _reaction in ALL] + [424242])
def test_every_rule_speaks_both_languages_and_names_its_source(code: int) -> None:
    rule = reaction_for(code)
    assert rule.sentence("en").endswith(".")
    assert rule.sentence("ru_RU").endswith(".")
    assert any("а" <= letter <= "я" for letter in rule.ru)
    assert rule.en.isascii()
    assert rule.source


@pytest.mark.parametrize(("code", "reaction"), ALL)
def test_waits_and_retries_fit_the_reaction(code: int, reaction: Reaction) -> None:
    rule = reaction_for(code)
    assert 0 < rule.wait_first <= rule.wait_cap
    assert rule.wait_factor >= 1
    assert bool(rule.retries) == (reaction in (RETRY, WAIT))
    assert rule.costs_attempt or reaction in (SLOW, WAIT)
    assert rule.pause_after is None or reaction in (FAIL, RETRY)


def test_throttling_costs_no_attempt() -> None:
    assert not any(reaction_for(code).costs_attempt for code in EXPECTED[SLOW])


def test_a_capped_person_is_not_tried_again_within_a_day() -> None:
    rule = reaction_for(131049)
    assert rule.wait_first >= 24 * 3600
    assert rule.retries == 1


def test_an_undeliverable_number_is_left_out_for_a_time_and_an_opt_out_for_good() -> None:
    assert reaction_for(131026).suppress_days == 90
    assert reaction_for(131050).suppress_days is None
    assert reaction_for(130497).scope is Scope.COUNTRY


def test_what_is_found_holds_for_everyone_the_business_or_the_account() -> None:
    assert reaction_for(131026).whose is Whose.EVERYONE
    assert reaction_for(131050).whose is Whose.BUSINESS
    assert reaction_for(130497).whose is Whose.ACCOUNT


def test_a_code_suppresses_by_its_reaction_or_by_that_which_follows_its_retries() -> None:
    assert {code for code in error_table().codes if reaction_for(code).suppresses} == {
        131026,
        131050,
        130497,
    }
    again = RULE.replace("fail", "retry") + 'codes=[1]\nwhen_spent="suppress_recipient"\n'
    assert read_table(again + UNKNOWN).rule_for(1).suppresses
    never = RULE + 'codes=[1]\nwhen_spent="suppress_recipient"\n'
    assert not read_table(never + UNKNOWN).rule_for(1).suppresses


def test_trouble_that_stays_pauses_the_contract() -> None:
    assert {reaction_for(code).when_spent for code in (1, 2, 131052)} == {PAUSE}


PAIRS = [
    (100, 33),
    *((code, sub) for code in (102, 190) for sub in (458, 459, 460, 463, 464, 467, 492)),
]


@pytest.mark.parametrize(("code", "subcode"), PAIRS)
def test_a_rule_for_code_and_subcode_wins_over_the_codes(code: int, subcode: int) -> None:
    rule = reaction_for(code, subcode)
    assert (rule.code, rule.subcode, rule.reaction) == (code, subcode, STOP)
    assert rule.en != reaction_for(code).en
    assert rule.said.endswith(f"(code {code}, subcode {subcode})")
    assert rule.sentence("ru") != rule.en
    assert rule.source


def test_the_table_holds_no_pair_that_is_not_expected() -> None:
    assert set(error_table().pairs) == set(PAIRS)
    assert len({rule.en for rule in error_table().rules()}) == len(
        {rule.ru for rule in error_table().rules()}
    )


@pytest.mark.parametrize(
    ("code", "subcode"), [(100, 2494010), (100, 34), (131000, 33), (424242, 33)]
)
def test_a_subcode_without_a_rule_changes_nothing(code: int, subcode: int) -> None:
    assert reaction_for(code, subcode) == reaction_for(code)


@pytest.mark.parametrize(
    ("code", "reaction"),
    [
        *((4, SLOW), (80007, SLOW), (130429, SLOW), (131056, WAIT)),
        *((131048, STOP), (131064, STOP), (133016, STOP)),
    ],
)
def test_each_code_of_the_providers_throttling_has_its_reaction(
    code: int, reaction: Reaction
) -> None:
    rule = reaction_for(code)
    assert (rule.known, rule.reaction) == (True, reaction)
    assert rule.when_spent is FAIL


def test_a_person_who_is_capped_is_tried_twice_over_all_campaigns_a_day_apart() -> None:
    assert counted_per_person() == {131049}
    rule = reaction_for(131049)
    assert (rule.person_tries, rule.person_rest) == (2, 24 * 3600)
    assert rule.wait_first > rule.person_rest


def test_two_codes_may_be_about_the_whole_business() -> None:
    signs = {one.code: one.portfolio_if for one in error_table().rules() if one.portfolio_if}
    assert signs == {132015: PortfolioSign.TEMPLATE_APPROVED, 135000: PortfolioSign.HELD}


UNKNOWN = '[unknown]\nreaction="fail"\nen="."\nru="."\nsource="s"\n'
RULE = '[[rule]]\nreaction="fail"\nen="."\nru="."\nsource="s"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RULE + "codes=[1, 1]\n" + UNKNOWN, "two rules"),
        (RULE + "codes=[1]\nsubcodes=[7, 7]\n" + UNKNOWN, "code 1 with subcode 7 has two rules"),
        (
            RULE.replace("fail", "suppress_recipient") + "codes=[1]\nsubcodes=[7]\n" + UNKNOWN,
            "would suppress",
        ),
        (RULE + "ranges=[[1, 5], [5, 9]]\n" + UNKNOWN, "overlap"),
        (RULE + "codes=[1]\ncolour=3\n" + UNKNOWN, "colour"),
        (RULE.replace("fail", "panic") + "codes=[1]\n" + UNKNOWN, "panic"),
    ],
)
def test_a_faulty_table_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_table(text)
