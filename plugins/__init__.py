"""The generators that come with the studio, one folder each. They import only studio.api and studio.nets."""
