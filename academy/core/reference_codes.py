"""The codes that `academy check` prints about the reference facts."""

from __future__ import annotations

from academy.core.content.codes import N_, Code

_FIX = N_("Correct the row in academy/reference/.")

REFERENCE_CODES: dict[str, Code] = {
    "reference-syntax": Code("error", N_("This file cannot be read: %(reason)s."), _FIX),
    "reference-field": Code("error", N_("%(row)s lacks the field %(field)s."), _FIX),
    "reference-number": Code("error", N_("%(row)s: %(field)s should be a number, not %(found)s."), _FIX),
    "reference-range": Code("error", N_("%(row)s: %(field)s is %(found)s and should be %(expected)s."), _FIX),
    "reference-long": Code("error", N_("%(row)s: %(field)s is longer than %(expected)s characters."), _FIX),
    "reference-column": Code("error", N_("The column %(field)s is missing."), N_("Add it to the first line.")),
    "reference-type": Code("error", N_("%(row)s: %(field)s should be %(expected)s."), _FIX),
    "reference-choice": Code("error", N_("%(row)s: %(field)s is %(found)s, which is not one of %(expected)s."), _FIX),
    "reference-form": Code("error", N_("%(row)s: %(field)s is %(found)s and should look like %(expected)s."), _FIX),
    "reference-extra": Code(
        "warning",
        N_("%(row)s has the field %(field)s, which nobody reads."),
        N_("Remove it, or correct its spelling."),
    ),
    "reference-language": Code("error", N_("%(row)s has no %(field)s in %(language)s."), _FIX),
    "reference-duplicate": Code("error", N_("%(row)s stands here twice."), N_("Remove one of the two rows.")),
    "reference-repeat": Code("error", N_("%(row)s names %(found)s twice in %(field)s."), N_("Remove one of the two.")),
    "reference-tile": Code("error", N_("%(row)s has the same tile of the map as %(other)s."), N_("Give each state a tile of its own.")),
    "reference-absent": Code("error", N_("The row %(found)s is missing."), N_("Add it; the numbers rest on it.")),
    "reference-country": Code(
        "error",
        N_("%(found)s countries are modelled by their states instead of one."),
        N_("Write `scope: states` in the one country.yaml whose states stand in academy/reference/, and `scope: national` elsewhere."),
    ),
    "reference-unknown": Code("error", N_("%(row)s refers to %(field)s %(found)s, which does not exist."), _FIX),
    "reference-nice-id": Code(
        "error",
        N_("%(row)s: %(found)s is not the id of a NICE statement."),
        N_("Write ids such as K0018, S0077 or T0161."),
    ),
    "reference-requirements": Code(
        "error",
        N_("%(row)s has %(found)s skills."),
        N_("Give a role 6 to 10 skills, or none while we cannot measure it."),
    ),
    "reference-grade": Code("error", N_("%(row)s has the grade %(found)s."), N_("Use A, B, C or D.")),
    "reference-sum": Code("error", N_("The %(field)s sum to %(found)s instead of %(expected)s."), _FIX),
}
