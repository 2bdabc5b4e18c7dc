"""The command line, the settings, the embedded services and the simulator."""
