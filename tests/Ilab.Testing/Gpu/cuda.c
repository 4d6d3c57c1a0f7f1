// A ggml backend that calls itself CUDA0: its memory is counted by itself, and the CPU's backend computes what it is given. The layouts are those of
// ggml-backend-impl.h, API version 2; packaging/native/abi has their offsets.
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { CPU = 0, GPU = 1, BUFFER_TYPE = 11 };

extern void *ggml_backend_cpu_buffer_type(void);
extern void *ggml_backend_buft_alloc_buffer(void *type, size_t size);
extern size_t ggml_backend_buffer_get_size(void *buffer);
extern void *ggml_backend_init_by_type(int type, const char *parameters);
extern void *ggml_backend_get_device(void *backend);
extern void *ggml_backend_dev_backend_reg(void *device);
extern void *ggml_backend_reg_get_proc_address(void *reg, const char *name);
extern int ggml_backend_graph_compute(void *backend, void *graph);
extern void ggml_backend_free(void *backend);

static struct { void *functions[6], *device, *context; } type;
static struct { void *functions[15], *reg, *context; } device;
static struct { int version; void *functions[4], *context; } reg;
static size_t used;
static void (*free_on_cpu)(void *);

static const char *name(void *any) { return "CUDA0"; }
static const char *description(void *any) { return "Imaginary X1"; }

static void memory(void *any, size_t *available, size_t *total) {
    const char *value = getenv("CUDA_FAKE_MEMORY");
    *total = value ? strtoull(value, 0, 10) : 8ull << 30;
    *available = used < *total ? *total - used : 0;
}

// buffers
static void free_buffer(void *buffer) {
    used -= ggml_backend_buffer_get_size(buffer);
    free_on_cpu(buffer);
}

static void *allocate(void *any, size_t size) {
    void **buffer = ggml_backend_buft_alloc_buffer(ggml_backend_cpu_buffer_type(), size);
    if (!buffer) return 0;
    free_on_cpu = (void (*)(void *))buffer[0];
    buffer[0] = (void *)free_buffer;
    buffer[BUFFER_TYPE] = &type;
    used += ggml_backend_buffer_get_size(buffer);
    return buffer;
}

static size_t alignment(void *any) { return 64; }
static bool yes(void *any) { return true; }

// backend
struct backend { void *guid, *functions[16], *device, *context; };

static void free_backend(struct backend *backend) {
    ggml_backend_free(backend->context);
    free(backend);
}

static int compute(struct backend *backend, void *graph) { return ggml_backend_graph_compute(backend->context, graph); }

static void *open(void *any, const char *parameters) {
    static unsigned char guid[16] = "imaginary-x1";
    struct backend *backend = calloc(1, sizeof *backend);
    backend->guid = guid;
    backend->functions[0] = (void *)name;
    backend->functions[1] = (void *)free_backend;
    backend->functions[12] = (void *)compute;
    backend->device = &device;
    backend->context = ggml_backend_init_by_type(CPU, 0);
    void *cpu = ggml_backend_dev_backend_reg(ggml_backend_get_device(backend->context));
    ((void (*)(void *, int))ggml_backend_reg_get_proc_address(cpu, "ggml_backend_set_n_threads"))(backend->context, 1);
    return backend;
}

// device
struct properties { const char *name, *description; size_t available, total; int type; const char *id; bool async, host, pointer, events, mmap; };

static void properties(void *any, struct properties *properties) {
    memset(properties, 0, sizeof *properties);
    properties->name = name(any);
    properties->description = description(any);
    properties->type = GPU;
    properties->mmap = true;
    memory(any, &properties->available, &properties->total);
}

static int kind(void *any) { return GPU; }
static void *buffer_type(void *any) { return &type; }
static bool supports(void *any, void *operation) { return true; }
static bool owns(void *any, void *other) { return other == &type; }
static bool offloads(void *any, void *operation) { return false; }

// registration
static const char *backend_name(void *any) { return "CUDA"; }
static size_t count(void *any) {
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    return visible && !strcmp(visible, "-1") ? 0 : 1;
}
static void *get(void *any, size_t index) { return &device; }
static void *function(void *any, const char *wanted) { return 0; }

void *ggml_backend_init(void) {
    void *of_type[] = { name, allocate, alignment, 0, 0, yes };
    void *of_device[] = { name, description, memory, kind, properties, open, buffer_type, 0, 0, supports, owns, offloads, 0, 0, 0 };
    void *of_reg[] = { backend_name, count, get, function };
    memcpy(type.functions, of_type, sizeof of_type);
    memcpy(device.functions, of_device, sizeof of_device);
    memcpy(reg.functions, of_reg, sizeof of_reg);
    type.device = &device;
    device.reg = &reg;
    reg.version = 2;
    return &reg;
}
