"""The actions of this project, one module each; `lane actions` lists them."""
