#include "cuda/context.h"

#include <functional>
#include <gtest/gtest.h>

#include "cuda/device.h"
#include "cuda/emulation/emulated/device_memory.h"
#include "framework/error.h"

namespace fno::cuda_test {
namespace {

using cuda::Context;

// The error's line, which is of kind device and has no line break.
std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "no error";
}

// Oracle: the codes a machine without a usable driver was seen to give.
TEST(CudaContext, NoDriverIsOneLine) {
  for (const int code : {34, 35, 100}) {
    cu::emulated::fail_next("cudaGetDeviceCount", code);
    const std::string line = error_of([] { Context context(0, "cuda:0"); });
    EXPECT_EQ(line.find("cuda:0: no CUDA device can be used on this machine; cudaGetDeviceCount: "), 0u) << line;
    EXPECT_NE(line.find("(error " + std::to_string(code) + ")"), std::string::npos) << line;
  }
}

TEST(CudaContext, OtherErrorsNameTheirCall) {
  cu::emulated::fail_next("cudaGetDeviceCount", 3);
  EXPECT_EQ(error_of([] { Context context(0, "cuda:0"); }).find("cuda:0: cudaGetDeviceCount: "), 0u);
  cu::emulated::fail_next("cudaStreamCreateWithFlags", 46);
  EXPECT_NE(error_of([] { Context context(0, "cuda:0"); }).find("cudaStreamCreateWithFlags"), std::string::npos);
  EXPECT_EQ(cu::emulated::open_streams(), 0);
}

TEST(CudaContext, DeviceThatIsNotThere) {
  EXPECT_EQ(error_of([] { Context context(2, "cuda:2"); }), "cuda:2: this machine has 1 CUDA device, numbered from 0");
  EXPECT_EQ(error_of([] { Context context(-1, "cuda:-1"); }),
            "cuda:-1: this machine has 1 CUDA device, numbered from 0");
}

TEST(CudaContext, ReturnsWhatItTook) {
  const auto before = cu::emulated::DeviceMemory::instance().usage();
  {
    Context context(0, "cuda-emulated");
    const cuda::Scratch<float> a(context, 1000), b(context, 0);
    EXPECT_NE(a.data(), nullptr);
    EXPECT_EQ(context.memory().use().in_use, 4096u + 256u);  // 4000 in its class, and the least there is
    EXPECT_EQ(cu::emulated::open_streams(), 1);
  }
  EXPECT_EQ(cu::emulated::open_streams(), 0);
  EXPECT_EQ(cu::emulated::open_events(), 0);
  EXPECT_EQ(cu::emulated::DeviceMemory::instance().usage().allocations, before.allocations);
}

struct Counted {
  explicit Counted(Context& in) : context(in) { ++made; }
  ~Counted() { --made; }
  Context& context;
  static inline int made = 0;
};
struct Nested {
  explicit Nested(Context& context) : inner(context.cache<Counted>()) {}
  Counted& inner;
};

TEST(CudaContext, KeepsOneCacheOfAType) {
  {
    Context context(0, "cuda-emulated");
    Counted& first = context.cache<Counted>();
    EXPECT_EQ(&first.context, &context);
    EXPECT_EQ(&context.cache<Counted>(), &first);
    EXPECT_EQ(&context.cache<Nested>().inner, &first);
    EXPECT_EQ(Counted::made, 1);
  }
  EXPECT_EQ(Counted::made, 0);
}

// The whole way: a device as a value, its memory and a job. Oracle: arithmetic.
TEST(CudaBackend, RunsAJob) {
  const Device device = open_emulated_device();
  EXPECT_EQ(device.name(), "cuda-emulated");
  const double in[3] = {1, 2, 3};
  double out[3] = {};
  void* const block = device.memory().allocate(sizeof in);
  device.memory().copy(block, in, sizeof in, CopyKind::host_to_device);
  auto* const y = static_cast<double*>(block);
  device.run(Scale<double>{y, y, 10.0, 1.0, 0.5, 3});
  device.memory().copy(out, block, sizeof out, CopyKind::device_to_host);
  device.memory().release(block, sizeof in);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(out[i], 11 * in[i] + 0.5);
}

TEST(CudaBackend, ErrorsNameTheCall) {
  const Device device = open_emulated_device();
  const float host[75] = {};
  void* const block = device.memory().allocate(256);
  const std::string line = error_of([&] { device.memory().copy(block, host, 300, CopyKind::host_to_device); });
  EXPECT_NE(line.find("cudaMemcpyAsync host to device"), std::string::npos) << line;
  device.memory().release(block, 256);
}

}  // namespace
}  // namespace fno::cuda_test
