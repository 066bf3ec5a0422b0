"""The twin: store, executor and engines joined behind the plain verbs."""
