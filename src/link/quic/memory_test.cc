#include "link/quic/memory.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace palabre::link {
namespace {

TEST(QuicMemory, AllocatesAsTheLibraryExpectsAndTakesBackWhatItForgets) {
  const QuicMemory memory;
  const ngtcp2_mem& mem = *memory.get();
  void* const forgotten = mem.malloc(100, mem.user_data);
  auto* const zeros = static_cast<char*>(mem.calloc(7, 3, mem.user_data));
  EXPECT_EQ(std::string(zeros, 21), std::string(21, '\0'));
  auto* text = static_cast<char*>(mem.realloc(nullptr, 4, mem.user_data));
  std::memcpy(text, "abc", 4);
  text = static_cast<char*>(mem.realloc(text, 100'000, mem.user_data));
  EXPECT_STREQ(text, "abc");
  mem.free(zeros, mem.user_data);
  mem.free(nullptr, mem.user_data);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(forgotten) % alignof(std::max_align_t), 0U);
  // `forgotten` and `text` are freed now: the leak checker of the asan preset verifies that.
}

TEST(QuicMemory, RefusesWhatCannotBe) {
  const QuicMemory memory;
  const ngtcp2_mem& mem = *memory.get();
  EXPECT_EQ(mem.malloc(SIZE_MAX, mem.user_data), nullptr);
  EXPECT_EQ(mem.calloc(SIZE_MAX / 2, 3, mem.user_data), nullptr);
  void* const kept = mem.malloc(1, mem.user_data);
  EXPECT_EQ(mem.realloc(kept, SIZE_MAX, mem.user_data), nullptr);
  mem.free(kept, mem.user_data);
}

}  // namespace
}  // namespace palabre::link
