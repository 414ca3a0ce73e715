"""clang-format 14 decides. Exit 77 (skipped) where it is not installed."""
import shutil
import subprocess
import sys

import tree

program = shutil.which('clang-format-14') or shutil.which('clang-format')
version = program and subprocess.run([program, '--version'], capture_output=True, text=True,
                                     check=True).stdout
if not version or 'version 14.' not in version:
    print('no clang-format 14 here')
    sys.exit(77)
sys.exit(subprocess.run([program, '--dry-run', '-Werror'] +
                        tree.files(('.c', '.h'), ['src', 'tests', 'bench']),
                        cwd=tree.root(), check=False).returncode)
