"""Health checks for operators and load balancers, and the job and mail status that processes record."""
