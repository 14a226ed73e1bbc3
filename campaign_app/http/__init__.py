"""HTTP shared by pages and API: roles, security headers, ids in addresses."""
