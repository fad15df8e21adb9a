"""Form notation: how a form holds a value while a person fills it in, and how it comes back.

JSON alone cannot say what a form has to: a number beyond what JavaScript can hold, a field
nobody has filled in yet, the branch of a union that was chosen, a dict whose keys are being
typed. So a part's value travels in this notation, in both directions:

* texts, true, false and null as they are; lists as lists;
* a number as ``{"$number": "12.50"}``, its exact text, valid or not yet;
* an object with declared properties as an object. A property nobody has filled in is absent. A
  property whose name begins with ``$`` has one ``$`` more. Where the schema says that there may
  be others (``additionalProperties``), these are beside them as ``$entries``;
* a dict with keys of its own as ``{"$entries": [[key, value], ...]}``, in the order it is shown;
* a value of a union (``anyOf``, ``oneOf``) as ``{"$branch": 1, "value": ...}``, the index being
  that of the chosen schema in the list; an optional value too, its null being a branch. Without
  ``value`` the branch is chosen and not filled in. Branches that are all constants are no union
  but one choice, whose value is the constant;
* an untyped value (schema ``{}`` or ``True``) as ``{"$json": "[1, 2]"}``, JSON text as it is
  being written. Any other value may come so too;
* bytes as ``{"$bytes": "base64", "name": "a.pdf", "type": "application/pdf"}``, name and type
  only where a file was chosen;
* an item of a list that is not filled in yet as ``{"$unset": true}``.
"""

from hitl_nb.forms.notation.decode import Problem, from_fields
from hitl_nb.forms.notation.encode import initial, to_fields
from hitl_nb.forms.notation.masking import masked, masked_notation
from hitl_nb.forms.notation.normal_form import normal
from hitl_nb.forms.notation.readable import readable
from hitl_nb.forms.notation.required_texts import blank_required_texts
from hitl_nb.forms.notation.validate import validate
from hitl_nb.json_schema.secrets import is_secret, speaks_of_secrets

__all__ = [
    "Problem",
    "blank_required_texts",
    "from_fields",
    "initial",
    "is_secret",
    "masked",
    "masked_notation",
    "normal",
    "readable",
    "speaks_of_secrets",
    "to_fields",
    "validate",
]
