#pragma once

#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "chat/ids.h"

namespace palabre::chat {

/// The idle timeout. A silent session is due for a warning once, then to be given up once; a sign
/// of life restarts its time. All operations take constant time, except `due`: one step for each
/// session it returns.
class IdleWatch {
 public:
  /// Requires `warn_after` < `give_up_after`.
  IdleWatch(Duration warn_after, Duration give_up_after)
      : warn_after_(warn_after), give_up_after_(give_up_after) {}

  struct Due {
    std::vector<SessionId> to_warn;
    std::vector<SessionId> to_give_up;  ///< stays watched until `forget`
  };

  /// A sign of life; the first one begins the watch. `now` never goes backwards from one call to
  /// the next.
  void heard(SessionId session, Instant now);
  /// Ends the watch. No effect if the session is not watched.
  void forget(SessionId session);
  /// The sessions that have become due since the last call.
  Due due(Instant now);
  /// When `due` has something to return; nothing: no session will become due.
  std::optional<Instant> next_due() const;
  /// Requires that the session is watched.
  Duration silent_for(SessionId session, Instant now) const;

 private:
  struct Silence {
    SessionId session;
    Instant since;
  };
  using Silences = std::list<Silence>;  // the longest silent first

  struct Place {
    Silences* list;
    Silences::iterator position;
  };

  Duration warn_after_;
  Duration give_up_after_;
  Silences unwarned_;
  Silences warned_;
  Silences given_up_;
  std::unordered_map<SessionId, Place> places_;
};

}  // namespace palabre::chat
