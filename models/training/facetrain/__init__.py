"""Training of the EdgeFace face detector: a dense anchor-free net, distilled from a teacher and made narrow by slimming."""
