#pragma once

#include <ngtcp2/ngtcp2.h>

#include <cstddef>

namespace palabre::link {

/// What the library has allocated for one connection; what is left of that at its end goes with it.
/// ngtcp2 0.12 forgets some of what it holds for packets that were lost, on each connection that
/// has lost any: on bad networks a server would grow without end. Stays where it is; one thread.
class QuicMemory {
 public:
  QuicMemory();
  ~QuicMemory();
  QuicMemory(const QuicMemory&) = delete;
  QuicMemory& operator=(const QuicMemory&) = delete;

  /// To be handed to the library; everything that was made with it is gone before this is.
  const ngtcp2_mem* get() const { return &calls_; }

 private:
  /// Lies before what the library is given, whose alignment is the same.
  struct alignas(std::max_align_t) Block {
    Block* next;
    Block* previous;
  };

  void* allocate(std::size_t bytes);
  void* reallocate(void* memory, std::size_t bytes);
  static void release(void* memory);

  static void link(Block& block, Block& after);
  static void unlink(const Block& block);
  static Block* block_of(void* memory) { return static_cast<Block*>(memory) - 1; }

  Block blocks_;  // a ring; this one is of nobody
  ngtcp2_mem calls_;
};

}  // namespace palabre::link
