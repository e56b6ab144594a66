"""What ``slash-secret doctor`` looks at, a module for each side of a deployment."""
