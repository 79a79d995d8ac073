def accession_page(*a): pass
