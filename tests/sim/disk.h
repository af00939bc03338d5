#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chat/history.h"
#include "chat/ids.h"
#include "chat/names.h"
#include "chat/refused_epochs.h"
#include "random.h"
#include "world.h"

namespace palabre::sim {

/// A message as it was committed.
struct Commit {
  std::string room;
  std::uint64_t number = 0;
  std::string author;  ///< its address
  std::optional<std::string> id;
  std::string line;  ///< as readers are to see it, several lines of it perhaps, no newline after it
  std::string text;
  Instant when;
};

/// All that was ever committed, in order. For who checks, not for who serves: no crash and no
/// retention takes anything away, and no number is given by it.
class Journal {
 public:
  void add(Commit commit);

  const std::deque<Commit>& all() const { return all_; }
  /// Nothing where there is none.
  const Commit* find(const std::string& room, std::uint64_t number) const;
  const Commit* find(const std::string& author, const std::string& id) const;
  /// The last number.
  std::uint64_t end(const std::string& room) const;

 private:
  std::deque<Commit> all_;
  std::map<std::string, std::map<std::uint64_t, const Commit*>> rooms_;
  std::map<std::pair<std::string, std::string>, const Commit*> ids_;
};

/// What survives a crash.
class Disk {
 public:
  /// The log of a room, from `first` on; what was before is kept no longer.
  struct Log {
    chat::LogId id;
    chat::Number first{1};
    chat::Number next{1};
    std::deque<chat::MessagePtr> messages;
  };

  Log& log(const std::string& room, Random& random);
  /// Whether it was there already, and under which number it is.
  std::pair<bool, chat::Number> keep(const std::string& room, const chat::Draft& draft,
                                     Instant now);
  /// Whether something was kept under its id.
  bool knows(const chat::Draft& draft) const;
  /// Keeps no longer what is before `first`.
  void retire(const std::string& room, chat::Number first);

  const std::map<std::string, Log>& logs() const { return logs_; }
  const Journal& journal() const { return journal_; }

 private:
  std::map<std::string, Log> logs_;
  std::map<std::pair<std::string, std::string>, chat::Number> ids_;  // by author and id
  Journal journal_;
};

/// How the disk is. Chances are in percent.
struct Troubles {
  std::uint64_t refusing = 0;  ///< it takes nothing for a while
  std::uint64_t unread = 0;    ///< it gives nothing for a while
  std::uint64_t damaged = 0;   ///< a message is not what was written, this time
  std::uint64_t retiring = 0;  ///< after a commit, a room keeps something no longer
  std::uint64_t quick = 0;     ///< it is done before it is expected
  std::size_t most_waiting = 64;
  // At most.
  Duration commit_delay{};
  Duration read_delay{};
};

/// The history that keeps, on a disk that a seed makes slow, full and forgetful. What has not been
/// committed goes with it.
class SimHistory final : public chat::History {
 public:
  /// `clock` is the world's.
  SimHistory(Disk& disk, const Troubles& troubles, Outside outside, std::function<Instant()> clock);

  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override;
  void close(chat::RoomId room) override;
  void append(chat::Draft draft) override;
  std::vector<chat::LogEvent> take_events() override;
  void read(const chat::Read& read) override;
  std::vector<chat::Slice> take_slices() override;

 private:
  /// A room's log as this process knows it.
  struct Known {
    std::optional<chat::RoomId> room;  ///< while it is open
    chat::Number end;                  ///< as far as events have been taken
  };
  struct Posted {
    std::string log;
    chat::Draft draft;
  };
  struct Answered {
    std::string log;
    chat::Verdict verdict;
  };
  struct Asked {
    std::string log;
    chat::Read what;
    chat::Number up_to;
  };
  /// A few good moments, then a few bad ones.
  struct Weather {
    bool bad = false;
    std::uint64_t left = 0;
    bool turns_out_bad(Random& random, std::uint64_t percent);
  };

  Duration delay(Duration most);
  void expect_commit();
  void commit();
  chat::Verdict verdict_of(const Posted& posted, bool refused);
  void retire_something();
  void answer(Answered answered);
  void answer_read();
  chat::Slice slice_of(const Asked& asked);

  Disk& disk_;
  const Troubles troubles_;
  Outside outside_;
  std::function<Instant()> clock_;
  std::map<std::string, Known> logs_;
  std::unordered_map<chat::RoomId, std::string> rooms_;  // the open ones
  std::deque<Posted> waiting_;
  bool commit_expected_ = false;
  std::vector<Answered> answered_;
  std::deque<Asked> asked_;
  std::vector<chat::Slice> slices_;
  chat::RefusedEpochs refused_epochs_;
  Weather writing_;
  Weather reading_;
};

}  // namespace palabre::sim
