"""
The demo: a real cluster on this machine, and the collection at work on it.

It is a test as well: whatever the demo claims, it checks, and it ends with an error where a claim does not hold.

company             the tenants of an imaginary company, and passwords for them
playbooks           runs playbooks as a user would, away from the user's own settings
inspection          what the API server says is there
screen              what is shown
story               the steps
__main__            the command line
"""
