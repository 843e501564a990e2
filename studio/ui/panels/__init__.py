"""The panels around the canvas. Each is a widget made from the session: ``XPanel(app)``."""
