"""What leaves a build: views to ask, files for others' tools, corrections to make, releases, differences between two builds."""
