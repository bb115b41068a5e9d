"""Documents: what the Word documents say, as plain values made of a page's parts.

In: a `PlanYear`. Out: a `Material`, from which `render` makes a document and other programs get JSON. Must not know how
documents are written. Start with `material`, then `review`.
"""
