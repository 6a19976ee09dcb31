"""What stands in the files, whatever lane it belongs to: old Spaceship code, patches, secrets, symbols."""
