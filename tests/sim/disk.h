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

/// A committed message.
struct Commit {
  std::string room;
  std::uint64_t number = 0;
  std::string author;  ///< its address
  std::optional<std::string> id;
  std::string line;  ///< as readers see it, perhaps several lines, without the last newline
  std::string text;
  Instant when;
  std::int64_t kept_at = 0;  ///< by the wall clock, in microseconds
  std::size_t bytes = 0;     ///< of the author as shown, and of the text
  // As in its draft.
  std::string owner = {};
  std::optional<Network> network = {};
};

/// The message as readers see it, without a number.
std::string line_of(const chat::Message& message);

/// All messages ever committed, in order. For checks only, not for the server: crashes and
/// retention remove nothing from it, and it assigns no numbers.
class Journal {
 public:
  void add(Commit commit);

  const std::deque<Commit>& all() const { return all_; }
  /// Null where there is none.
  const Commit* find(const std::string& room, std::uint64_t number) const;
  const Commit* find(const std::string& author, const std::string& id) const;
  /// The last number of the room.
  std::uint64_t end(const std::string& room) const;
  /// The rooms that have a message.
  std::vector<std::string> rooms() const;

 private:
  std::deque<Commit> all_;
  std::map<std::string, std::map<std::uint64_t, const Commit*>> rooms_;
  std::map<std::pair<std::string, std::string>, const Commit*> ids_;
};

/// The simulated disk, which survives crashes.
class Disk {
 public:
  /// The log of a room, from `first` on; older messages have expired.
  struct Log {
    chat::LogId id;
    chat::Number first{1};
    chat::Number next{1};
    std::deque<chat::MessagePtr> messages;
  };

  Log& log(const std::string& room, Random& random);
  /// Stores a draft. Returns whether it was stored before, and its number.
  std::pair<bool, chat::Number> keep(const std::string& room, const chat::Draft& draft,
                                     Instant now);
  /// Whether a message was stored under the draft's id.
  bool knows(const chat::Draft& draft) const;
  /// Expires the messages before `first`.
  void retire(const std::string& room, chat::Number first);

  const std::map<std::string, Log>& logs() const { return logs_; }
  const Journal& journal() const { return journal_; }

 private:
  std::map<std::string, Log> logs_;
  std::map<std::pair<std::string, std::string>, chat::Number> ids_;  // by author and id
  Journal journal_;
};

/// The faults of the disk. Chances are in percent.
struct Troubles {
  std::uint64_t refusing = 0;  ///< refuses commits for a while
  std::uint64_t unread = 0;    ///< fails reads for a while
  std::uint64_t damaged = 0;   ///< a message is read as damaged, once
  std::uint64_t retiring = 0;  ///< after a commit, messages of a room expire
  std::uint64_t quick = 0;     ///< completes work before its delay
  std::size_t most_waiting = 64;
  // Upper bounds.
  Duration commit_delay{};
  Duration read_delay{};
};

/// A durable history on a simulated disk that a seed makes slow, full and forgetful. Uncommitted
/// drafts are lost with this object.
class SimHistory final : public chat::History {
 public:
  /// `clock`: the world's.
  SimHistory(Disk& disk, const Troubles& troubles, Outside outside, std::function<Instant()> clock);

  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override;
  void close(chat::RoomId room) override;
  void append(chat::Draft draft) override;
  std::vector<chat::LogEvent> take_events() override;
  void read(const chat::Read& read) override;
  std::vector<chat::Slice> take_slices() override;

 private:
  /// A room's log as the server process knows it.
  struct Known {
    std::optional<chat::RoomId> room;  ///< while it is open
    chat::Number end;                  ///< up to the events already taken
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
  /// Alternates between good and bad periods.
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
