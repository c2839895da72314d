"""How well, and how soon, speech becomes text through the whole stack."""
