#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <vector>

#include "base/result.h"

namespace palabre::client {

/// Whether whoever started this process wants it to: nohup does, of SIGHUP.
bool is_ignored(int signal);

/// Signals by which a command ends in an orderly way; those that are ignored stay so. Any second
/// one ends the process at once.
class EndSignals {
 public:
  /// `end` is called once at most, in the loop, with the exit code that a shell gives such an end
  /// (128 and the signal's number) and no words. It must be there for as long as the loop runs.
  EndSignals(boost::asio::io_context& io, const std::vector<int>& signals,
             std::function<void(Error)> end);

 private:
  boost::asio::signal_set signals_;
};

}  // namespace palabre::client
