"""What there is, how it looks, what is possible and what happens then: values and rules, with nobody's mind in them."""
