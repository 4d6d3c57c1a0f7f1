using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Store.Content;

/// <summary>Opens files named by a caller, with no more permissions than the caller has; also used by jobs, long after the call.</summary>
public interface ICallerFiles
{
    /// <exception cref="Errors.EngineException">NOT_FOUND, PERMISSION_DENIED, UPLOAD_REQUIRED.</exception>
    SafeFileHandle Open(string path, uint uid);
}
