#include "client/chat/terminal_modes.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

// After <cstdio>, which readline's headers need and do not include.
#include <readline/readline.h>

namespace palabre::client {

void prepare_terminal(int meta) {
  rl_prep_terminal(meta);
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) return;
  modes.c_lflag |= NOFLSH;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

bool is_hung_up() {
  pollfd keys{STDIN_FILENO, 0, 0};
  return ::poll(&keys, 1, 0) > 0 && (keys.revents & POLLHUP) != 0;
}

}  // namespace palabre::client
