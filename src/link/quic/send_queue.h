#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string_view>

#include "link/link.h"

namespace palabre::link {

/// What a link sends, from `push` until the peer has acknowledged it: QUIC may have to send any of
/// it again. It has no end of its own, see `Link::room`.
class SendQueue {
 public:
  void push(Chunk chunk);

  /// Bytes that are not acknowledged, written or not.
  std::size_t held() const { return held_; }
  bool has_unwritten() const { return next_ < chunks_.size(); }

  /// The next pieces to write, as many as there is place for; how many there are.
  std::size_t gather(std::span<std::string_view> pieces) const;
  /// So many of what was gathered stand in packets.
  void on_written(std::size_t bytes);
  /// So many more, from the beginning on, have arrived.
  void on_acknowledged(std::size_t bytes);

 private:
  std::deque<Chunk> chunks_;
  std::size_t held_ = 0;
  std::size_t acknowledged_ = 0;  ///< bytes of the first chunk
  std::size_t next_ = 0;          ///< the first chunk that is not written whole
  std::size_t written_ = 0;       ///< bytes of that one
};

}  // namespace palabre::link
