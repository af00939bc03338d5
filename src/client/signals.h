#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <vector>

#include "base/result.h"

namespace palabre::client {

/// Whether the process inherited the signal as ignored: nohup ignores SIGHUP.
bool is_ignored(int signal);

/// Ends a command cleanly on the first of `signals`; a second signal ends the process at once.
/// Signals that the process inherited as ignored stay ignored.
class EndSignals {
 public:
  /// `end` is called at most once, in the loop, with exit code 128 + signal number, as a shell
  /// reports it, and no sentence. What it refers to must outlive the loop's run.
  EndSignals(boost::asio::io_context& io, const std::vector<int>& signals,
             std::function<void(Error)> end);

 private:
  boost::asio::signal_set signals_;
};

}  // namespace palabre::client
