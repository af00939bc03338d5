#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <variant>

#include "chat/history.h"

namespace palabre::chat {

/// Which drafts are not to be kept because an earlier one was not, see `Draft::epoch`: for
/// histories that take drafts long before they answer. One thread at a time.
class RefusedEpochs {
 public:
  /// Remembered of so many sessions; those that began first are forgotten first.
  static constexpr std::size_t kMostSessions = 16'384;

  /// In the order in which the drafts were appended, for every one: whether it is over.
  bool is_over(const Draft& draft) {
    const auto refused = refused_.find(draft.session);
    if (refused == refused_.end() || draft.epoch == 0) return false;
    if (draft.epoch <= refused->second) return true;
    refused_.erase(refused);  // all of the epochs before are through
    return false;
  }
  void note(const Verdict& verdict) {
    const auto* not_kept = std::get_if<NotKept>(&verdict);
    if (not_kept == nullptr || not_kept->draft.epoch == 0 || !is_transient(not_kept->trouble))
      return;
    std::uint32_t& epoch = refused_[not_kept->draft.session];
    epoch = std::max(epoch, not_kept->draft.epoch);
    if (refused_.size() > kMostSessions) refused_.erase(refused_.begin());
  }

 private:
  std::map<SessionId, std::uint32_t> refused_;
};

}  // namespace palabre::chat
