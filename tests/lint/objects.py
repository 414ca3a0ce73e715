"""What nm says of the objects in a static library."""
import os
import subprocess


def symbols(library):
    """(object, name, class, section) for each symbol."""
    text = subprocess.run(['nm', '-f', 'sysv', library], check=True, capture_output=True,
                          text=True).stdout
    found, member = [], None
    for line in text.splitlines():
        if line.startswith('Symbols from '):
            member = os.path.basename(line.rstrip(':]').split('[')[-1])
        elif line.count('|') == 6:
            parts = [p.strip() for p in line.split('|')]
            found.append((member, parts[0], parts[2], parts[6]))
    return found
