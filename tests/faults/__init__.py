"""What happens when parts die at the worst moment; counted at the far end."""

import pytest

pytest.register_assert_rewrite("tests.faults.scene")  # its assertions say what they compared
