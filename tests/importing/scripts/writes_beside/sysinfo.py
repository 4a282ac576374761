import platform, subprocess, os
print("python", platform.python_version())
subprocess.run(["uname", "-s"], check=True)
print("cpus", os.cpu_count())
