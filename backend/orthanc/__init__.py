"""The scope gate as workflow control in front of Orthanc: nothing reaches the algorithm that the gate did not let run."""
