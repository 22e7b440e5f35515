"""How much Hypothesis draws: its profiles, and a setting for what matters most."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: a property that takes 300 ms on a busy machine is slow, not wrong. In CI the draws are the same every
# time, so that a change is judged by what it changed; on a desk they differ, and what fails is kept in .hypothesis.
settings.register_profile("default", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), max_examples=100, derandomize=True, print_blob=True)
settings.register_profile("quick", settings.get_profile("default"), max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))

# For what is cheap to draw and matters most, tiers and bills: `@THOROUGH` above `@given`.
THOROUGH = settings(max_examples=1000 if os.environ.get("CI") else 200)
