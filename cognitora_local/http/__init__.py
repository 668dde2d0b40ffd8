"""HTTP: requests as the contract has them, checked and handed to a handler, and the answers to them."""
