"""The codes that `academy check` prints about the reference facts."""

from __future__ import annotations

from academy.core.content.codes import Code, N_

_FIX = N_("Correct the row in academy/reference/.")

REFERENCE_CODES: dict[str, Code] = {
    "reference-syntax": Code("error", N_("This file cannot be read: %(reason)s."), _FIX),
    "reference-field": Code("error", N_("%(row)s lacks the field %(field)s."), _FIX),
    "reference-number": Code("error", N_("%(row)s: %(field)s should be a number, not %(found)s."), _FIX),
    "reference-language": Code("error", N_("%(row)s has no %(field)s in %(language)s."), _FIX),
    "reference-duplicate": Code("error", N_("%(row)s stands here twice."), N_("Remove one of the two rows.")),
    "reference-unknown": Code("error", N_("%(row)s refers to %(field)s %(found)s, which does not exist."), _FIX),
    "reference-nice-id": Code("error", N_("%(row)s: %(found)s is not the id of a NICE statement."), N_("Write ids such as K0018, S0077 or T0161.")),
    "reference-requirements": Code("error", N_("%(row)s has %(found)s skills."), N_("Give a role 6 to 10 skills, or none while we cannot measure it.")),
    "reference-grade": Code("error", N_("%(row)s has the grade %(found)s."), N_("Use A, B, C or D.")),
    "reference-sum": Code("error", N_("The %(field)s sum to %(found)s instead of %(expected)s."), _FIX),
}
