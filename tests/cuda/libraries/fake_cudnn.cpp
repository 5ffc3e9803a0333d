// Stands in for libcudnn.so.9 where there is no GPU: see fake_cublas.cpp. Convolutions by their definition, over packed
// tensors of two or three grid axes; everything that the descriptors say is checked against one another.
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <vector>

namespace {

constexpr int kBadParameter = 2000;

struct Described {
  int type = -1;
  std::vector<int> extents, strides;  // a tensor or filter
  std::vector<int> padding, stride;   // a convolution
  int mode = -1, math = -1;
};

Described& of(void* d) { return *static_cast<Described*>(d); }
int handle = 0;

bool packed(const Described& d) {
  int stride = 1;
  for (std::size_t a = d.extents.size(); a-- > 0; stride *= d.extents[a])
    if (d.strides[a] != stride) return false;
  return true;
}

bool agree(const Described& x, const Described& w, const Described& conv, const Described& y) {
  const std::size_t axes = conv.padding.size();
  if (axes < 2 || x.extents.size() != axes + 2 || w.extents.size() != axes + 2 || y.extents.size() != axes + 2)
    return false;
  if (!packed(x) || !packed(y) || conv.mode != 1 || conv.math != 3 || x.type != w.type || x.type != y.type ||
      conv.type != x.type)
    return false;
  if (x.extents[0] != y.extents[0] || w.extents[1] != x.extents[1] || w.extents[0] != y.extents[1]) return false;
  for (std::size_t a = 0; a < axes; ++a)
    if ((x.extents[a + 2] + 2 * conv.padding[a] - w.extents[a + 2]) / conv.stride[a] + 1 != y.extents[a + 2])
      return false;
  return true;
}

// Steps a row-major index; false after the last.
bool advance(std::vector<int>& index, const int* extents) {
  for (std::size_t a = index.size(); a-- > 0;) {
    if (++index[a] < extents[a]) return true;
    index[a] = 0;
  }
  return false;
}

// Calls visit(x, w, y) with the offsets of every product of the convolution.
void each_product(const Described& x, const Described& w, const Described& conv, const Described& y,
                  const std::function<void(std::size_t, std::size_t, std::size_t)>& visit) {
  const std::size_t axes = conv.padding.size();
  std::vector<int> to(y.extents.size());
  do {
    std::vector<int> tap(axes + 1);  // channel of x, then taps
    do {
      long long from = to[0] * static_cast<long long>(x.extents[1]) + tap[0], weight = to[1];
      weight = weight * w.extents[1] + tap[0];
      bool inside = true;
      for (std::size_t a = 0; a < axes; ++a) {
        const int at = to[a + 2] * conv.stride[a] + tap[a + 1] - conv.padding[a];
        inside = inside && at >= 0 && at < x.extents[a + 2];
        from = from * x.extents[a + 2] + at;
        weight = weight * w.extents[a + 2] + tap[a + 1];
      }
      if (!inside) continue;
      std::size_t result = 0;
      for (std::size_t a = 0; a < to.size(); ++a)
        result = result * static_cast<std::size_t>(y.extents[a]) + static_cast<std::size_t>(to[a]);
      visit(static_cast<std::size_t>(from), static_cast<std::size_t>(weight), result);
    } while (advance(tap, w.extents.data() + 1));
  } while (advance(to, y.extents.data()));
}

template <class T>
void scale(void* result, const Described& d, const void* beta) {
  std::size_t count = 1;
  for (const int extent : d.extents) count *= static_cast<std::size_t>(extent);
  const T factor = *static_cast<const T*>(beta);
  for (std::size_t i = 0; i < count; ++i) {
    T& value = static_cast<T*>(result)[i];
    value = factor == 0 ? 0 : factor * value;
  }
}

// `at` picks the offsets of the two operands and of the result.
template <class T, class At>
void accumulate(const Described& x, const Described& w, const Described& conv, const Described& y, const void* a,
                const void* b, void* result, At at) {
  each_product(x, w, conv, y, [&](std::size_t ix, std::size_t iw, std::size_t iy) {
    const auto [ia, ib, ir] = at(ix, iw, iy);
    static_cast<T*>(result)[ir] += static_cast<const T*>(a)[ia] * static_cast<const T*>(b)[ib];
  });
}

struct Offsets {
  std::size_t a, b, result;
};

template <class At>
int run(void* xd, void* wd, void* convd, void* yd, const Described& result_shape, const void* a, const void* b,
        const void* beta, void* result, const void* work, At at) {
  const Described &x = of(xd), &w = of(wd), &conv = of(convd), &y = of(yd);
  if (!agree(x, w, conv, y) || work == nullptr) return kBadParameter;
  if (x.type == 0) {
    scale<float>(result, result_shape, beta);
    accumulate<float>(x, w, conv, y, a, b, result, at);
  } else {
    scale<double>(result, result_shape, beta);
    accumulate<double>(x, w, conv, y, a, b, result, at);
  }
  return 0;
}

int room(std::size_t* bytes) {
  *bytes = 64;
  const char* refusal = std::getenv("FNO_FAKE_CUDNN_WORKSPACE");
  return refusal != nullptr ? std::atoi(refusal) : 0;
}

int create(void** d) {
  *d = new Described;
  return 0;
}
int destroy(void* d) {
  delete static_cast<Described*>(d);
  return 0;
}

}  // namespace

extern "C" {

std::size_t cudnnGetVersion() { return 91205; }
const char* cudnnGetErrorString(int) { return "as the test asked"; }
int cudnnCreate(void** created) {
  *created = &handle;
  return 0;
}
int cudnnDestroy(void*) { return 0; }
int cudnnSetStream(void*, void*) { return 0; }
int cudnnCreateTensorDescriptor(void** d) { return create(d); }
int cudnnDestroyTensorDescriptor(void* d) { return destroy(d); }
int cudnnSetTensorNdDescriptor(void* d, int type, int axes, const int* extents, const int* strides) {
  of(d).type = type;
  of(d).extents = {extents, extents + axes};
  of(d).strides = {strides, strides + axes};
  return axes >= 4 ? 0 : kBadParameter;
}
int cudnnCreateFilterDescriptor(void** d) { return create(d); }
int cudnnDestroyFilterDescriptor(void* d) { return destroy(d); }
int cudnnSetFilterNdDescriptor(void* d, int type, int format, int axes, const int* extents) {
  of(d).type = type;
  of(d).extents = {extents, extents + axes};
  return format == 0 && axes >= 4 ? 0 : kBadParameter;
}
int cudnnCreateConvolutionDescriptor(void** d) { return create(d); }
int cudnnDestroyConvolutionDescriptor(void* d) { return destroy(d); }
int cudnnSetConvolutionNdDescriptor(void* d, int axes, const int* padding, const int* stride, const int* dilation,
                                    int mode, int type) {
  of(d).padding = {padding, padding + axes};
  of(d).stride = {stride, stride + axes};
  of(d).mode = mode;
  of(d).type = type;
  for (int a = 0; a < axes; ++a)
    if (dilation[a] != 1) return kBadParameter;
  return 0;
}
int cudnnSetConvolutionMathType(void* d, int math) {
  of(d).math = math;
  return 0;
}
int cudnnGetConvolutionForwardWorkspaceSize(void*, void*, void*, void*, void*, int algorithm, std::size_t* bytes) {
  return algorithm == 1 ? room(bytes) : kBadParameter;
}
int cudnnGetConvolutionBackwardDataWorkspaceSize(void*, void*, void*, void*, void*, int algorithm, std::size_t* bytes) {
  return algorithm == 1 ? room(bytes) : kBadParameter;
}
int cudnnGetConvolutionBackwardFilterWorkspaceSize(void*, void*, void*, void*, void*, int algorithm,
                                                   std::size_t* bytes) {
  return algorithm == 1 ? room(bytes) : kBadParameter;
}
int cudnnConvolutionForward(void*, const void*, void* xd, const void* x, void* wd, const void* w, void* conv, int,
                            void* work, std::size_t, const void* beta, void* yd, void* y) {
  return run(xd, wd, conv, yd, of(yd), x, w, beta, y, work, [](std::size_t ix, std::size_t iw, std::size_t iy) {
    return Offsets{ix, iw, iy};
  });
}
int cudnnConvolutionBackwardData(void*, const void*, void* wd, const void* w, void* dyd, const void* dy, void* conv,
                                 int, void* work, std::size_t, const void* beta, void* dxd, void* dx) {
  return run(dxd, wd, conv, dyd, of(dxd), w, dy, beta, dx, work, [](std::size_t ix, std::size_t iw, std::size_t iy) {
    return Offsets{iw, iy, ix};
  });
}
int cudnnConvolutionBackwardFilter(void*, const void*, void* xd, const void* x, void* dyd, const void* dy, void* conv,
                                   int, void* work, std::size_t, const void* beta, void* dwd, void* dw) {
  return run(xd, dwd, conv, dyd, of(dwd), x, dy, beta, dw, work, [](std::size_t ix, std::size_t iw, std::size_t iy) {
    return Offsets{ix, iy, iw};
  });
}
}
