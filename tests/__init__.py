"""Tests by what they test; what they share is in tests/support."""

import pytest

pytest.register_assert_rewrite("tests.support")  # a helper that fails says why, as a test does
