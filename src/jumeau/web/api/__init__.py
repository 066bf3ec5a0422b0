"""The JSON interface of the page: one module a subject, the contract in docs/api.md."""
