"""The guard before real Orthanc servers."""
