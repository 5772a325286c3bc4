"""The store of the service: casebooks as changes, fits, tokens and replies.

Every change to a casebook is kept and never altered. What a case is, or was at any
revision or moment, is what its changes up to then add up to.
"""

from service.store.engine import Store as Store
from service.store.errors import BackupError as BackupError
from service.store.errors import CaseExistsError as CaseExistsError
from service.store.errors import DatabaseUrlError as DatabaseUrlError
from service.store.errors import ReasonError as ReasonError
from service.store.errors import RepeatedKeyError as RepeatedKeyError
from service.store.errors import RevisionError as RevisionError
from service.store.errors import SchemaError as SchemaError
from service.store.errors import StoreError as StoreError
from service.store.errors import StoreUnavailableError as StoreUnavailableError
from service.store.errors import TokenNameError as TokenNameError
from service.store.errors import UnknownCaseError as UnknownCaseError
from service.store.errors import UnknownFitError as UnknownFitError
from service.store.errors import UnknownRevisionError as UnknownRevisionError
from service.store.errors import UnknownTokenError as UnknownTokenError
