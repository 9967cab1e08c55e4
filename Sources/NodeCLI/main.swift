print("tiebeam")
