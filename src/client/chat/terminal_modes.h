#pragma once

namespace palabre::client {

/// Readline's `rl_prep_terminal`, and one mode more: a key that raises a signal (Ctrl-C, Ctrl-Z)
/// does not discard the output that the terminal has not taken yet. Otherwise lines of others would
/// be lost, and the cursor would not be where it is believed to be. Nor does it discard keys that
/// were not read. `rl_deprep_terminal` restores all modes.
void prepare_terminal(int meta);

/// Whether the terminal of the standard input is gone.
bool is_hung_up();

}  // namespace palabre::client
