"""Twenty tasks, as many as the Lanefile has lanes."""

DOIT_CONFIG = {"verbosity": 0}


def task_beta():
    """Do beta, as the lane of that name says."""
    return {"actions": ["true"]}


def task_release():
    """Do release, as the lane of that name says."""
    return {"actions": ["true"]}


def task_nightly():
    """Do nightly, as the lane of that name says."""
    return {"actions": ["true"]}


def task_screenshots():
    """Do screenshots, as the lane of that name says."""
    return {"actions": ["true"]}


def task_metadata():
    """Do metadata, as the lane of that name says."""
    return {"actions": ["true"]}


def task_symbols():
    """Do symbols, as the lane of that name says."""
    return {"actions": ["true"]}


def task_certificates():
    """Do certificates, as the lane of that name says."""
    return {"actions": ["true"]}


def task_profiles():
    """Do profiles, as the lane of that name says."""
    return {"actions": ["true"]}


def task_invite():
    """Do invite, as the lane of that name says."""
    return {"actions": ["true"]}


def task_promote():
    """Do promote, as the lane of that name says."""
    return {"actions": ["true"]}


def task_submit():
    """Do submit, as the lane of that name says."""
    return {"actions": ["true"]}


def task_phased():
    """Do phased, as the lane of that name says."""
    return {"actions": ["true"]}


def task_rollback():
    """Do rollback, as the lane of that name says."""
    return {"actions": ["true"]}


def task_lint():
    """Do lint, as the lane of that name says."""
    return {"actions": ["true"]}


def task_unit_tests():
    """Do unit tests, as the lane of that name says."""
    return {"actions": ["true"]}


def task_ui_tests():
    """Do ui tests, as the lane of that name says."""
    return {"actions": ["true"]}


def task_coverage():
    """Do coverage, as the lane of that name says."""
    return {"actions": ["true"]}


def task_changelog():
    """Do changelog, as the lane of that name says."""
    return {"actions": ["true"]}


def task_tag():
    """Do tag, as the lane of that name says."""
    return {"actions": ["true"]}


def task_announce():
    """Do announce, as the lane of that name says."""
    return {"actions": ["true"]}
