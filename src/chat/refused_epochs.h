#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <variant>

#include "chat/history.h"

namespace palabre::chat {

/// Tracks which drafts must be refused: after a draft was refused for a transient reason, all later
/// drafts of the same session and epoch, see `Draft::epoch`. For histories that queue drafts before
/// they answer. One thread at a time.
class RefusedEpochs {
 public:
  /// Sessions remembered. Above this limit the lowest `SessionId` is evicted: by door, then by
  /// arrival. An evicted session loses the guarantee of order.
  static constexpr std::size_t kMostSessions = 16'384;

  /// Whether the draft must be refused. Call it for every draft, in the order in which they were
  /// appended.
  bool is_over(const Draft& draft) {
    const auto refused = refused_.find(draft.session);
    if (refused == refused_.end() || draft.epoch == 0) return false;
    if (draft.epoch <= refused->second) return true;
    refused_.erase(refused);  // no draft of an earlier epoch is left
    return false;
  }
  /// Records a verdict. Only transient refusals of drafts with an epoch count.
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
