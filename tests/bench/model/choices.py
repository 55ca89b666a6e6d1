"""What a rule chooses from."""

from hypothesis import strategies as st

from tests.bench.model.machine import ACCOUNTS, MOST_CONTRACTS, WORKERS
from tests.bench.model.turns import MILLISECOND, SECOND
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.settle import OutcomeKind

MINUTE = 60 * SECOND
WHICH = st.integers(0, MOST_CONTRACTS - 1)
WHO = st.integers(0, WORKERS - 1)
ACCOUNT = st.sampled_from(ACCOUNTS)
SELDOM = st.sampled_from([False, False, False, True])
MOSTLY = st.sampled_from([True, True, True, False])
NUMBERS = st.lists(st.integers(0, 19), min_size=1, max_size=7)
PRIORITY = st.sampled_from([0, 0, 0, 1, -1])
AHEAD = st.sampled_from([None, None, 10 * SECOND, 40 * MINUTE])
PASSED = st.sampled_from(
    [5 * MILLISECOND, 60 * MILLISECOND, 2 * SECOND, 35 * SECOND, 31 * MINUTE, 180 * MINUTE]
)
KINDS = st.lists(st.sampled_from(OutcomeKind), max_size=4)
CODES = st.sampled_from([None, 131000, 131026])
RETRYABLE = (MessageState.FAILED, MessageState.IN_DOUBT, MessageState.SKIPPED)
STATES = st.lists(st.sampled_from(RETRYABLE), min_size=1, max_size=3, unique=True)
COPIED = st.sampled_from([(), (), (MessageState.FAILED,), (MessageState.SENT, MessageState.READ)])
FREE = st.integers(1, 5)
