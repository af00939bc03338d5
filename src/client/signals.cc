#include "client/signals.h"

#include <csignal>
#include <utility>

namespace palabre::client {
namespace {

/// Resets the signal to its default after the first one, even if the loop never handles that one.
void only_once(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  action.sa_flags |= static_cast<int>(SA_RESETHAND);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

EndSignals::EndSignals(boost::asio::io_context& io, const std::vector<int>& signals,
                       std::function<void(Error)> end)
    : signals_(io) {
  for (const int signal : signals) {
    if (is_ignored(signal)) continue;
    signals_.add(signal);
    only_once(signal);
  }
  signals_.async_wait([this, end = std::move(end)](boost::system::error_code error, int signal) {
    if (error) return;
    signals_.clear();
    end({128 + signal, ""});
  });
}

}  // namespace palabre::client
