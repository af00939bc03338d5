#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"
#include "client/outcome.h"

namespace palabre::client {

/// The queue of posts without an answer, in the order in which they were written. It survives the
/// loss of links. Pure.
///
/// Several posts are in flight at once, and the author's order is still kept: the server takes the
/// posts of a session in the order in which they are sent, and a transient refusal of one holds up
/// all later ones until that one comes again. After such a refusal the outbox sends nothing until
/// everything in flight is answered and a pause is over; then it resumes at the first post left.
class Outbox {
 public:
  /// Beyond either `add` returns an error.
  static constexpr std::size_t kMostPosts = 4096;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  /// Posts in flight. The window is halved by a transient refusal and grows with each answer.
  static constexpr std::size_t kMostUnderWay = 512;
  static constexpr Duration kFirstPause = std::chrono::milliseconds(200);
  static constexpr Duration kLongestPause = std::chrono::seconds(5);

  struct Post {
    PostId post;
    chat::RoomName room;
    chat::Kind kind = chat::Kind::kText;
    std::string text;
    bool is_under_way = false;
    bool was_sent_before = false;  ///< on an earlier link, and not put off since
    bool may_be_kept = false;      ///< sent on an earlier link, and the answer was lost
    bool is_put_off = false;       ///< on this link: the server takes no later post before it
    Instant sent_at;
  };

  /// `prefix` begins every post's ID (`id_of`). No other session of the author may use it.
  explicit Outbox(std::string prefix) : prefix_(std::move(prefix)) {}

  Result<PostId> add(const chat::RoomName& room, chat::Kind kind, std::string text);

  /// The next post to send. Null if none waits, the window is full, or a refusal holds everything
  /// up. Valid until the next call.
  const Post* next(Instant now);
  /// Marks `next` as sent. Requires that `next` is not null.
  void sent(Instant now);
  std::string id_of(PostId post) const;
  /// The post with an ID that a server sent. Nothing if no post without an answer has that ID.
  std::optional<PostId> find(std::string_view id) const;

  /// Removes a post that has its answer. Requires that the post is in the outbox (`find`).
  Post remove(PostId post);
  /// A transient refusal: the post waits to be sent again. Requires that it is in the outbox.
  void put_off(PostId post, Instant now);
  /// The link is gone: nothing is in flight, and all posts wait again.
  void interrupt();
  /// Removes and returns the posts for rooms for which `is_left` is true; except those in flight,
  /// and those put off on this link, for which the server waits.
  std::vector<Post> give_up(const std::function<bool(const chat::RoomName&)>& is_left);
  /// Posts for room `from` become posts for room `to`.
  void rename(const chat::RoomName& from, const chat::RoomName& to);

  bool is_empty() const { return posts_.empty(); }
  std::size_t size() const { return posts_.size(); }
  /// Posts that were sent, on this link or an earlier one, and may have been kept. The others were
  /// never sent, or the server refused them.
  std::size_t in_doubt() const;
  /// Whether a post for this room was sent on an earlier link, and may be in the room already.
  bool may_be_known(const chat::RoomName& room) const;
  /// When the oldest post in flight was sent.
  std::optional<Instant> under_way_since() const;
  /// When the pause ends and `next` returns a post again. Nothing if that needs no pause, or an
  /// answer first.
  std::optional<Instant> next_deadline() const;

 private:
  std::deque<Post>::iterator at(PostId post);
  std::deque<Post>::iterator first_waiting();

  std::string prefix_;
  std::uint64_t last_ = 0;
  std::deque<Post> posts_;
  std::size_t bytes_ = 0;
  std::size_t under_way_ = 0;
  std::size_t window_ = kMostUnderWay;
  bool is_put_off_ = false;
  Duration pause_ = kFirstPause;
  Instant paused_until_;
};

}  // namespace palabre::client
