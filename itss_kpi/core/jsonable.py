"""JSON: a value as text.

Convention: characters that could steer a terminal are written as escapes, so that the text may be printed as it is.
"""

import json
import re
from typing import Any

_STEERING = r"[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"


def json_text(value: Any) -> str:
    """The value as JSON text."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return re.sub(_STEERING, lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
