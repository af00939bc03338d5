#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <variant>

#include "chat/history.h"

namespace palabre::chat {

/// Which drafts are not to be kept because an earlier one was not, see `Draft::turn`: for histories
/// that take drafts long before they answer. One thread at a time.
class RefusedTurns {
 public:
  /// Remembered of so many sessions; those that began first are forgotten first.
  static constexpr std::size_t kMostSessions = 16'384;

  /// In the order in which the drafts were appended, for every one: whether it is over.
  bool is_over(const Draft& draft) {
    const auto refused = refused_.find(draft.session);
    if (refused == refused_.end() || draft.turn == 0) return false;
    if (draft.turn <= refused->second) return true;
    refused_.erase(refused);  // all of the turns before are through
    return false;
  }
  void note(const Verdict& verdict) {
    const auto* not_kept = std::get_if<NotKept>(&verdict);
    if (not_kept == nullptr || not_kept->draft.turn == 0 || !passes(not_kept->trouble)) return;
    std::uint32_t& turn = refused_[not_kept->draft.session];
    turn = std::max(turn, not_kept->draft.turn);
    if (refused_.size() > kMostSessions) refused_.erase(refused_.begin());
  }

 private:
  std::map<SessionId, std::uint32_t> refused_;
};

}  // namespace palabre::chat
