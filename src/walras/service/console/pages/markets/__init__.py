"""Markets: what there is, the definition of one on a day, its versions, and the form of a new version."""
