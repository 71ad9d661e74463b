"""How a question is put: in other words, with other values, in every order of its options, in a twin of its scene."""
